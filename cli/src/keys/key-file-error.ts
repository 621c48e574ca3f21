/** The file with the keys is missing or wrong, or cannot be changed. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
}
