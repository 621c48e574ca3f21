import { createHash } from 'node:crypto'

// Wrong values that a careless comparison takes for the right one.

/** Returns the text in upper, lower and swapped case. */
export function otherCases(text: string): string[] {
  const swapped = text.replace(/[a-z]/gi, (letter) =>
    letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
  )
  return except(text, [text.toUpperCase(), text.toLowerCase(), swapped])
}

/** Returns the text with spaces before or after it. */
export function spaced(text: string): string[] {
  return [`${text} `, ` ${text}`, `${text}\t`, `${text}\n`, `${text}\u00a0`]
}

/** Returns parts of the text, extensions of it, and texts that differ from it in some characters. */
export function similar(text: string): string[] {
  const { length } = text
  const cuts = [1, 4, 8, 16, 20, 32, 40, 64, 72, length >> 1, length - 1]
  const changed = [0, length >> 1, length - 1].map((at) => withChange(text, at))
  return except(text, [
    ...cuts.flatMap((cut) => [text.slice(0, cut), text.slice(0, cut).padEnd(length, 'x')]),
    ...changed,
    text.slice(1),
    text.slice(-8),
    `${text}x`,
    `x${text}`,
    `${text}${text}`,
    reversed(text),
    // The same characters in another order.
    `${text.slice(1)}${text.slice(0, 1)}`,
    // As a UUID may be written.
    text.replaceAll('-', ''),
    `${text.slice(0, 8)}-${text.slice(8)}`,
    `{${text}}`,
  ])
}

/** Returns hashes of the text, which a model may store, and the text in other encodings. */
export function encoded(text: string): string[] {
  const hashes = ['md5', 'sha1', 'sha256', 'sha512'].flatMap((name) => {
    const digest = createHash(name).update(text).digest()
    return [digest.toString('hex'), digest.toString('base64'), digest.toString('base64url')]
  })
  const bytes = Buffer.from(text)
  const percent = `%${bytes.subarray(0, 1).toString('hex')}${text.slice(1)}`
  const others = [
    bytes.toString('hex'),
    bytes.toString('base64'),
    percent,
    `"${text}"`,
    `'${text}'`,
  ]
  return except(text, [...hashes, ...others, `Bearer ${text}`, encodeURIComponent(text)])
}

/** Returns texts that look like this one, or become this one if characters are lost. */
export function disguised(text: string): string[] {
  const last = text.charCodeAt(text.length - 1)
  const start = text.slice(0, -1)
  return [
    `${text}\0x`,
    `${text}\u0301`,
    `${text}\u200b`,
    `${text}\ufeff`,
    // The full-width form, and a character with the same low byte.
    `${start}${String.fromCharCode(last + 0xfee0)}`,
    `${start}${String.fromCharCode(last + 0x100)}`,
  ]
}

/** What other values become if they are converted to a string. */
const words = ['undefined', 'null', 'true', 'false', '0', 'NaN', '[object Object]', '*', '%', '.*']

/**
 * Returns secrets that are wrong for this one. A form-encoded secret is not among them: clients encode
 * theirs in a Basic header (RFC 6749 2.3.1), which some servers leave to the model.
 */
export function wrongSecrets(secret: string, others: readonly string[] = []): string[] {
  const wrong = except(secret, [...nearSecrets(secret), ...others])
  return wrong.filter((one) => formDecoded(one) !== secret)
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** Returns wrong values in place of a secret or password. */
export function nearSecrets(secret: string): string[] {
  return except(secret, [
    '',
    ' ',
    ...otherCases(secret),
    ...spaced(secret),
    ...similar(secret),
    ...encoded(secret),
    ...disguised(secret),
    ...words,
  ])
}

/** Returns wrong values in place of an id, username or token. */
export function nearIds(id: string): string[] {
  return except(id, ['', ...otherCases(id), ...spaced(id), ...similar(id), ...encoded(id)])
}

/** Returns the text backwards. */
export function reversed(text: string): string {
  return text.split('').toReversed().join('')
}

/** Returns the list without this text and without repetitions. */
export function except(text: string, list: readonly string[]): string[] {
  return [...new Set(list)].filter((one) => one !== text)
}

/** Returns the text with another character at that position. */
export function withChange(text: string, at = text.length - 1): string {
  return `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`
}
