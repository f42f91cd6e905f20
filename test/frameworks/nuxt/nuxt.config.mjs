// Threads need a page that is cross-origin isolated; all else is as Nuxt makes it.
export default defineNuxtConfig({
  compatibilityDate: '2026-11-01',
  telemetry: false,
  routeRules: {
    '/**': {
      headers: {
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
      },
    },
  },
});
