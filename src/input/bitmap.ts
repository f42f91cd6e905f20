export function isBitmap(picture: unknown): picture is ImageBitmap {
  return typeof ImageBitmap === 'function' && picture instanceof ImageBitmap;
}
