/** What a member of the contract holds: it decides which operators apply. */
export type Kind =
  | 'hash'
  | 'id'
  | 'text'
  | 'name'
  | 'json'
  | 'time'
  | 'end'
  | 'seconds'
  | 'list'
  | 'scopes'
  | 'flag'
  | 'object'
  | 'word'

/** A careless conversion of one value, as a column, a driver or a program makes it. */
type Operator = (value: never) => unknown

const thirtyDaysMs = 30 * 86_400_000
const hourMs = 3_600_000
/** The last second of a signed 32-bit time. */
const last32BitMs = (2 ** 31 - 1) * 1000

/** Operators on text of any kind. */
const onText = {
  'is cut at 255 characters': (text: string) => text.slice(0, 255),
  'is trimmed': (text: string) => text.trim(),
  'is composed (NFC)': (text: string) => text.normalize('NFC'),
  'is decomposed (NFD)': (text: string) => text.normalize('NFD'),
  'loses four-byte characters': (text: string) => text.replaceAll(/[\u{10000}-\u{10ffff}]/gu, '?'),
  'is in latin1': (text: string) => Buffer.from(text, 'latin1').toString('latin1'),
  'has one kind of line ends': (text: string) => text.replaceAll(/\r\n?/g, '\n'),
  'loses control characters': (text: string) => text.replaceAll('\u0001', ''),
  'loses characters without a glyph': (text: string) => text.replaceAll(/[\ufeff\u200b]/g, ''),
  'is decoded from a URL': (text: string) => text.replaceAll('%20', ' '),
  'is escaped for HTML': (text: string) => text.replaceAll('&', '&amp;'),
  'loses backslashes': (text: string) => text.replaceAll('\\', ''),
  'is in lower case': (text: string) => text.toLowerCase(),
} satisfies Record<string, Operator>

/** Operators on text that is a name or an id. */
const onNames = {
  ...onText,
  'is a number if it looks like one': (text: string) =>
    /^[+-]?\d[\d.e]*$/i.test(text) ? String(Number(text)) : text,
  'is null if it is the word': (text: string) => (text === 'null' ? null : text),
} satisfies Record<string, Operator>

const { 'is in lower case': lower, 'is cut at 255 characters': _cut, ...onLongText } = onText

const { 'is cut at 255 characters': _cutName, ...hashed } = onNames

/** Operators on times; those of codes and tokens may be null. */
const onTimes = {
  'is cut to seconds': (ms: number | null) => ms && Math.floor(ms / 1000) * 1000,
  'is a second early': (ms: number | null) => ms && ms - 1000,
  'is a millisecond late': (ms: number | null) => (ms === null ? null : ms + 1),
  'is null if it is 0': (ms: number | null) => ms || null,
  'is at most 30 days ahead': (ms: number | null) => ms && Math.min(ms, Date.now() + thirtyDaysMs),
  'is at most 2038': (ms: number | null) => ms && Math.min(ms, last32BitMs),
  'is in seconds': (ms: number | null) => ms && ms / 1000,
  'is an hour off': (ms: number | null) => ms && ms + hourMs,
  'is not in the past': (ms: number | null) => (ms === null ? null : Math.max(ms, Date.now())),
  'is a string': (ms: number | null) => ms && String(ms),
  'is a Date': (ms: number | null) => ms && new Date(ms),
} satisfies Record<string, Operator>

/** Operators on lists of text; scopes may be null. */
const onLists = {
  'is sorted': (list: string[] | null) => list && list.toSorted(),
  'is reversed': (list: string[] | null) => list && list.toReversed(),
  'has no duplicates': (list: string[] | null) => list && [...new Set(list)],
  'is joined and split at commas': (list: string[] | null) => list && list.join(',').split(','),
  'is joined and split at spaces': (list: string[] | null) => list && list.join(' ').split(' '),
  'has one entry only': (list: string[] | null) => list && list.slice(0, 1),
  'has its last entry dropped': (list: string[] | null) => list && list.slice(0, -1),
  'has ten entries at most': (list: string[] | null) => list && list.slice(0, 10),
  'has no empty entries': (list: string[] | null) => list && list.filter((one) => one !== ''),
  'has its entries trimmed': (list: string[] | null) => list && list.map((one) => one.trim()),
  'has its entries in lower case': (list: string[] | null) =>
    list && list.map((one) => one.toLowerCase()),
  'has its entries composed (NFC)': (list: string[] | null) =>
    list && list.map((one) => one.normalize('NFC')),
  'is null if it is empty': (list: string[] | null) => (list?.length === 0 ? null : list),
  'is absent if it is empty': (list: string[] | null) => (list?.length === 0 ? undefined : list),
  'is text': (list: string[] | null) => list && JSON.stringify(list),
} satisfies Record<string, Operator>

/** Every operator, by the kind of value that it changes. */
export const operators: Readonly<Record<Kind, Readonly<Record<string, Operator>>>> = {
  hash: {
    'is cut in half': (text: string) => text.slice(0, text.length / 2),
    'is in upper case': (text: string) => text.toUpperCase(),
    'is a buffer': (text: string) => Buffer.from(text, 'hex'),
  },
  // Ids have 255 characters at most.
  id: { ...onNames, 'is cut at 255 characters': (text: string) => text.slice(0, 254) },
  // Hashes have a few hundred characters at most.
  text: hashed,
  name: {
    ...onNames,
    'is lost if it is empty': (text: string) => (text === '' ? undefined : text),
  },
  json: {
    ...onLongText,
    'is in lower case': lower,
    'is cut at 255 characters': (text: string) => text.slice(0, 255),
    'is cut at 4,096 characters': (text: string) => text.slice(0, 4096),
    'is cut at 65,535 bytes': (text: string) => Buffer.from(text).subarray(0, 65_535).toString(),
    'is parsed and written again': (text: string) => rewritten(text, (value) => value),
    'is parsed': (text: string) => parsed(text),
    'has its keys in order': (text: string) => rewritten(text, ordered),
    'has its dates revived': (text: string) => rewritten(text, revived),
  },
  time: onTimes,
  end: {
    ...onTimes,
    'is 0 if it is null': (ms: number | null) => ms ?? 0,
    'is far away if it is null': (ms: number | null) => ms ?? 4_102_444_800_000,
    'is undefined if it is null': (ms: number | null) => ms ?? undefined,
  },
  seconds: {
    'is absent if it is 0': (seconds: unknown) => seconds || undefined,
    'is absent if it is null': (seconds: unknown) => seconds ?? undefined,
    'is null if it is absent': (seconds: unknown) => seconds ?? null,
    'is 0 if it is null': (seconds: unknown) => (seconds === null ? 0 : seconds),
    'is a whole number': (seconds: unknown) =>
      typeof seconds === 'number' ? Math.floor(seconds) : seconds,
    'is a day at most': (seconds: unknown) =>
      typeof seconds === 'number' ? Math.min(seconds, 86_400) : seconds,
    'is an hour at least': (seconds: unknown) =>
      typeof seconds === 'number' ? Math.max(seconds, 3600) : seconds,
    'is a string': (seconds: unknown) => (typeof seconds === 'number' ? String(seconds) : seconds),
  },
  list: onLists,
  scopes: { ...onLists, 'is empty if it is null': (list: string[] | null) => list ?? [] },
  flag: {
    'is absent if it is false': (flag: boolean | undefined) => flag || undefined,
    'is false if it is absent': (flag: boolean | undefined) => flag ?? false,
    'is a number': (flag: boolean | undefined) => (flag === undefined ? undefined : Number(flag)),
    'is true if it is there': (flag: boolean | undefined) =>
      flag === undefined ? undefined : true,
  },
  object: {
    'is absent if it is empty': (value: object | undefined) =>
      value && Object.keys(value).length === 0 ? undefined : value,
    'is empty if it is absent': (value: object | undefined) => value ?? {},
    'has its dates revived': revived,
    'has its numbers read from text': (value: unknown) =>
      mapped(value, (part) =>
        typeof part === 'string' && /^[\d.]+$/.test(part) ? Number(part) : part,
      ),
    'has its text trimmed': (value: unknown) =>
      mapped(value, (part) => (typeof part === 'string' ? part.trim() : part)),
    'has its text composed (NFC)': (value: unknown) =>
      mapped(value, (part) => (typeof part === 'string' ? part.normalize('NFC') : part)),
    'loses nulls': (value: unknown) => mapped(value, (part) => part ?? undefined),
    'loses empty lists': (value: unknown) =>
      mapped(value, (part) => (Array.isArray(part) && part.length === 0 ? undefined : part)),
    'loses empty text': (value: unknown) =>
      mapped(value, (part) => (part === '' ? undefined : part)),
    'has its lists reversed': (value: unknown) =>
      mapped(value, (part) => (Array.isArray(part) ? part.toReversed() : part)),
    'has its keys in lower case': (value: object | undefined) =>
      value &&
      Object.fromEntries(Object.entries(value).map(([key, part]) => [key.toLowerCase(), part])),
    'loses keys with a dot': (value: object | undefined) =>
      value && Object.fromEntries(Object.entries(value).filter(([key]) => !key.includes('.'))),
    'has one level only': (value: object | undefined) =>
      value &&
      Object.fromEntries(
        Object.entries(value).map(([key, part]) => [
          key,
          typeof part === 'object' && part !== null ? JSON.stringify(part) : (part as unknown),
        ]),
      ),
    'has ten keys at most': (value: object | undefined) =>
      value && Object.fromEntries(Object.entries(value).slice(0, 10)),
  },
  word: {},
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function rewritten(text: string, change: (value: unknown) => unknown): string {
  try {
    return JSON.stringify(change(JSON.parse(text)))
  } catch {
    return text
  }
}

function ordered(value: unknown): unknown {
  return isMap(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value
}

function revived(value: unknown): unknown {
  return mapped(value, (part) =>
    typeof part === 'string' && /^\d{4}-\d\d-\d\dT/.test(part) ? new Date(part).getTime() : part,
  )
}

/** Changes every part of a JSON value; undefined drops a member. */
function mapped(value: unknown, change: (part: unknown) => unknown): unknown {
  const part = change(value)
  if (Array.isArray(part)) return part.map((one) => mapped(one, change))
  if (!isMap(part)) return part
  return Object.fromEntries(Object.entries(part).map(([key, one]) => [key, mapped(one, change)]))
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
