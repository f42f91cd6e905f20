/** Of a glyph; unit: pixels. The eighth row is for what hangs below the line. */
export const GLYPH = { width: 5, height: 8 };

/** A digit of base 32 for each row of five pixels from the top, the leftmost pixel first; rows at the end may be missing. */
const ROWS =
  'A:ehhvhhh B:uhhuhhu C:ehggghe D:uhhhhhu E:vgguggv F:vgguggg G:ehgnhhe H:hhhvhhh I:e44444e J:72222ic K:hikokih L:ggggggv ' +
  'M:hrllhhh N:hhpljhh O:ehhhhhe P:uhhuggg Q:ehhhlid R:uhhukih S:fgge11u T:v444444 U:hhhhhhe V:hhhhha4 W:hhhllla X:hha4ahh ' +
  'Y:hhha444 Z:v1248gv a:00e1fhf b:ggmphhu c:00egghe d:11djhhf e:00ehvge f:698s888 g:00fhhf1e h:ggmphhh i:40c444e ' +
  'j:206222ic k:ggikoki l:c44444e m:00qllll n:00mphhh o:00ehhhe p:00uhhugg q:00fhhf11 r:00mpggg s:00fge1u t:88s8896 ' +
  'u:00hhhjd v:00hhha4 w:00hhlla x:00ha4ah y:00hhhf1e z:00v248v 0:ehjlphe 1:4c4444e 2:eh1248v 3:v2421he 4:26aiv22 ' +
  '5:vgu11he 6:68guhhe 7:v124888 8:ehhehhe 9:ehhf12c .:00000cc ,:00000cc8 -:000v _:0000000v /:01248g0 (:2488842 ' +
  '):8422248 %:op248j3 &:cik8lid ::0cc0cc ;:0cc0cc8 +:044v44 ?:eh12404 !:4444404 ' +
  "':44";

/** Character → the rows of its glyph. */
const GLYPHS = new Map(
  ROWS.split(' ').map((text) => [text[0], [...text.slice(2)].map((row) => Number.parseInt(row, 32))]),
);

/** Calls `set(x, y)` for each pixel of a line of text, unscaled; characters without a glyph are question marks. */
export function eachTextPixel(text: string, set: (x: number, y: number) => void): void {
  for (const [at, character] of [...text].entries()) {
    const rows = character === ' ' ? [] : (GLYPHS.get(character) ?? GLYPHS.get('?')!);
    for (const [y, row] of rows.entries())
      for (let x = 0; x < GLYPH.width; x++) if ((row >> (GLYPH.width - 1 - x)) & 1) set(at * (GLYPH.width + 1) + x, y);
  }
}
