import { randomBytes, randomInt } from 'node:crypto'
import type { Store } from '@oauth2-kit/core'
import { creates, createsUser, grantsOf, issues, redeems, updates } from '../checked'
import { equal, holds } from '../expect'
import {
  aClient,
  aCredential,
  aGrant,
  aRecord,
  aUser,
  aVersion,
  anId,
  asFound,
  successors,
} from '../given'
import { group } from '../group'
import { texts } from '../rich'
import { opaque } from '../traits/opaque'
import { foundAs } from '../trial'

const collation = {
  why: "Two users or two clients become one, and one reads the other's data; many CVEs come from this.",
  fix: 'Use a binary collation on every id (`COLLATE "C"`, `utf8mb4_nopad_bin`), and `===` after the read.',
}

export const value = group('value', 'contract', [
  {
    ...collation,
    ...opaque('case', () => {
      const id = anId('Case')
      return [id, id.toLowerCase(), id.toUpperCase()]
    }),
    title: 'ids that differ only in upper and lower case are different ids',
  },
  {
    ...collation,
    ...opaque('trailing-space', () => {
      const id = anId('space')
      return [id, `${id} `, ` ${id}`, `${id}  `, `${id}\t`, `${id}\u00a0`]
    }),
    title: 'ids that differ only in leading or trailing spaces are different ids',
  },
  {
    ...collation,
    ...opaque('normalise', () => {
      const id = anId('norm')
      return [
        `${id}e`,
        `${id}é`,
        `${id}e\u0301`,
        `${id}ß`,
        `${id}ss`,
        `${id}ｅ`,
        `${id}\u200be`,
        `${id}\u200bf`,
      ]
    }),
    title: 'ids that differ only in accents or in their Unicode form are different ids',
  },
  {
    ...opaque('length', () => {
      const id = anId('long').padEnd(254, 'x')
      return [`${id}1`, `${id}2`, id]
    }),
    why: 'Two ids that differ only in the part that is cut off become one.',
    fix: 'Use columns of 255 characters, not bytes, in a strict mode that refuses longer values.',
    title: 'ids of 255 characters are stored and compared in full',
  },
  {
    ...opaque('unicode', () => {
      const id = anId('uni')
      return [
        '😀',
        '😁',
        '\u{10ffff}',
        'שלום\u202e',
        'क्षि',
        '\u{1f468}\u200d\u{1f469}',
        '\ufeff',
      ].map((text) => `${id}${text}`)
    }),
    why: 'Three-byte UTF-8 refuses or cuts such text, and latin1 turns it into question marks.',
    fix: 'Use utf8mb4 for every column of MySQL and MariaDB, and UTF8 for every database of PostgreSQL.',
    title: 'ids may contain any character: astral, right-to-left or combining',
  },
  {
    ...collation,
    ...opaque('numeric', () => {
      const digits = String(randomInt(1e9, 9e9))
      const forms = [`0${digits}`, `${digits}.0`, `${digits}e0`, `+${digits}`, `-${digits}`]
      // As long as a 64-bit integer, and longer.
      const long = digits + digits.slice(0, 8)
      const wide = [`${long}1`, `${long}2`, `${long}00001`, `${long}00002`]
      return [
        digits,
        ...wide,
        ...forms,
        `${digits.slice(0, 1)}e${digits.slice(1, 3)}`,
        `0x${digits}`,
      ]
    }),
    title: 'ids that are the same number are different ids',
    fix: 'Keep ids in text columns, pass them as text parameters, and convert none to a number.',
  },
  {
    ...opaque('escapes', () => {
      const id = anId('escape')
      const ends = ['', '&', '&amp;', '%20', ' ', '+', '\\', '\\\\', '/', '//', '.', '#', '?']
      return [...ends, '"', "'", '\n', '\r\n', '\u0001', '\u007f'].map((end) => id + end)
    }),
    why: 'Two ids that differ only in an escaped character become one.',
    fix: 'Pass ids as parameters, and escape, decode or strip nothing.',
    title: 'ids that differ only in characters which some format escapes are different ids',
  },
  {
    ...opaque('names', () =>
      ['null', 'undefined', 'true', 'NaN', '[object Object]', 'length', 'then'].concat(
        Object.getOwnPropertyNames(Object.prototype),
      ),
    ),
    why: 'A plain object used as a map finds inherited members, and a text "null" becomes a null.',
    fix: 'Use a Map or Object.create(null), and pass ids as parameters.',
    title: 'ids may be words that a language or database treats as values or members',
  },
  {
    id: 'large',
    title: '"data" of 70,000 characters and client metadata of that length are returned unchanged',
    why: 'A sealed answer or a long scope does not fit into varchar(255), nor into the 64 KiB of TEXT in MySQL.',
    fix: 'Use a text column without a limit: text in PostgreSQL, mediumtext in MySQL and MariaDB.',
    async run(t) {
      for (const length of [260, 4100, 16_500, 70_000]) {
        // Random, because a database may compress what repeats.
        const random = randomBytes(length / 2).toString('hex')
        const data = JSON.stringify({ scope: random.replaceAll('00', 'ä😀') })
        const { grant, credential } = await t.issuedGrant({ data }, { data })
        await foundAs(
          t.store,
          credential,
          grant,
          `A credential with "data" of ${data.length} characters`,
        )
        equal(
          await grantsOf(t.store, { grantId: grant.id }),
          [grant],
          `A grant with "data" of ${data.length} characters`,
        )
        const [made, added] = [successors({ data }), aCredential({ kind: 'access', data })]
        await redeems(t.store, credential, made)
        await t.store.extend(grant, [added])
        for (const one of [...made, added])
          await foundAs(
            t.store,
            one,
            grant,
            `A later credential with "data" of ${data.length} characters`,
          )
        const metadata = { text: random.replaceAll('00', '"\\é') }
        const client = aClient({ metadata })
        await creates(t.store, client)
        equal(await t.store.getClient(client.id), client, 'A client with large metadata')
        if (!t.store.supports.users) continue
        const user = aUser({ metadata })
        await createsUser(t.store, user)
        equal(await t.store.getUser?.(user.id), user, 'A user with large metadata')
      }
    },
  },
  {
    id: 'data',
    title: 'find() and listGrants() return "data" byte for byte, whatever JSON it contains',
    why: 'The core may sign or seal it, and a JSON column sorts keys, drops some and rewrites numbers.',
    fix: 'Use a text column, not a JSON column.',
    async run(t) {
      const written = [
        '{"b":1,"a":1.0,"a":2}',
        ' { "x" : "\\u0000\\ud83d\\ude00\\ud800" } ',
        '{"__proto__":{"x":1},"constructor":null,"$where":"1","a.b":{"$ne":1}}',
        '{"n":12345678901234567890,"e":1e400,"text":"\'\\"`\\\\%_\\r\\n\u2028"}',
        '"$clientId"',
        '0',
        '""',
        'null',
        '[]',
        ...Object.values(texts).map((text) => JSON.stringify({ [text]: text })),
        // The text itself, since a store must not depend on JSON.
        ...Object.values(texts),
      ]
      for (const data of written) {
        const { grant, credential } = await t.issuedGrant({ data }, { data })
        await foundAs(t.store, credential, grant, 'A credential')
        equal(await grantsOf(t.store, { grantId: grant.id }), [grant], 'A grant')
        const [made, added] = [successors({ data }), aCredential({ kind: 'access', data })]
        await redeems(t.store, credential, made)
        await t.store.extend(grant, [added])
        for (const one of [...made, added]) await foundAs(t.store, one, grant, 'A later credential')
      }
    },
  },
  {
    id: 'alike',
    title: '"data" of credentials and grants that differ in one character only is kept apart',
    why: 'A store that shares equal texts, or compares a part of them, gives a token the scope of another one.',
    fix: 'Keep "data" with its own row.',
    async run(t) {
      const { store } = t
      const long = 'x'.repeat(3000)
      const all = ['a', 'b', 'A', ' a', 'a '].flatMap((text) => [
        JSON.stringify({ scope: text + long }),
        JSON.stringify({ scope: long + text }),
        JSON.stringify({ scope: long + text + long }),
      ])
      const issued = all.map((data) => ({
        grant: aGrant({ data }),
        made: [aCredential({ data }), aCredential({ kind: 'access', data: `${data} ` })],
      }))
      for (const { grant, made } of issued) await issues(store, grant, made)
      for (const { grant, made } of issued) {
        for (const one of made) await foundAs(store, one, grant, 'A credential beside similar ones')
        equal(await grantsOf(store, { grantId: grant.id }), [grant], 'A grant beside similar ones')
      }
    },
  },
  {
    id: 'keys',
    title: 'client metadata may have any key: with dots, dollars or spaces, or empty',
    why: 'Document databases give some of these keys a special meaning.',
    fix: 'Keep metadata as JSON text.',
    async run({ store }) {
      const metadata = {
        'a.b': 1,
        $set: { $ne: null },
        '': 'empty',
        ' ': 'space',
        'ä"\'': [],
        toString: 'x',
        _id: 7,
      }
      const client = aClient({ metadata })
      await creates(store, client)
      equal(await store.getClient(client.id), client, 'getClient()')
    },
  },
  {
    id: 'proto',
    title: 'client metadata keeps a `__proto__` key, which pollutes no prototype',
    why: 'Prototype pollution changes every object in the process.',
    fix: 'Use structuredClone() or the JSON text: JSON.parse() keeps it as an own key, but copying by assignment does not.',
    async run({ store }) {
      const metadata = JSON.parse(
        '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"kept":1}',
      ) as Record<string, unknown>
      const client = aClient({ metadata })
      await creates(store, client)
      const found = await store.getClient(client.id)
      holds(!('polluted' in {}), 'Object.prototype has a property "polluted"')
      equal(members(found?.metadata), members(metadata), 'The metadata')
    },
  },
  {
    id: 'token',
    level: 'secure',
    title: 'a model compares long tokens, and those with dots, dashes or only digits, as text',
    why: 'RFC 6750 2.1 allows such tokens: two that are cut, decoded or read as numbers become one.',
    fix: 'Use a text column of 255 characters with a binary collation, and do not decode tokens.',
  },
  {
    id: 'user-object',
    title: 'a user whose members can not all be stored is reported as an error, or is saved',
    why: 'The client receives a token that works nowhere, and nothing says why.',
    fix: 'Store the id of the user only, and pass every error to the callback.',
  },
  {
    id: 'aliasing',
    title:
      'changing an object that was passed to the store, or returned by it, changes no stored data',
    why: 'One request could change the client that another request is checked against.',
    fix: 'Copy objects on the way in, and return fresh or frozen objects.',
    async run({ store, bare }) {
      const client = aClient({ metadata: { list: [1] } })
      const saved = structuredClone(client)
      await creates(store, client)
      tamper(client)
      const changed = { ...structuredClone(saved), version: aVersion(), scopes: ['other'] }
      for (const state of [saved, changed]) {
        const passed = structuredClone(state)
        if (state === changed) await updates(store, passed, saved.version)
        tamper(passed)
        for (let n = 0; n < 2; n++) {
          equal(await store.getClient(saved.id), state, 'getClient() after an object was changed')
          tamper(await bare.getClient(saved.id))
          const page = { after: saved.id.slice(0, -1), limit: 1 }
          equal(await store.listClients(page), [state], 'listClients() after an object was changed')
          tamper(await bare.listClients(page))
        }
      }
      if (store.supports.users) await usersAlone(store, bare)

      const [grant, credential] = [aGrant(), aCredential()]
      const [keptGrant, kept] = [{ ...grant }, { ...credential }]
      await issues(store, grant, [credential])
      const [made, added] = [successors(), [aCredential({ kind: 'access' })]]
      const later = structuredClone([...made, ...added])
      await redeems(store, asFound(kept, keptGrant), made)
      await store.extend(keptGrant, added)
      for (const one of [credential, grant, made, added]) tamper(one)
      for (let n = 0; n < 2; n++) {
        for (const one of [kept, ...later]) {
          await foundAs(store, one, keptGrant, 'find() after an object was changed')
          tamper(await bare.find(one.hash))
        }
        const selector = { grantId: keptGrant.id }
        equal(
          await grantsOf(store, selector),
          [keptGrant],
          'listGrants() after an object was changed',
        )
        tamper(await bare.listGrants(selector, { limit: 100 }))
      }
      const record = aRecord()
      const keptRecord = { ...record }
      equal(await store.addRecord(record), true, 'addRecord()')
      tamper(record)
      for (let n = 0; n < 2; n++) {
        equal(
          await store.getRecord(keptRecord.key),
          keptRecord,
          'getRecord() after an object was changed',
        )
        tamper(await bare.getRecord(keptRecord.key))
      }
    },
  },
])

async function usersAlone(store: Store, bare: Store): Promise<void> {
  const user = aUser({ metadata: { list: [1] } })
  const saved = structuredClone(user)
  await createsUser(store, user)
  tamper(user)
  for (let n = 0; n < 2; n++) {
    equal(await store.getUser?.(saved.id), saved, 'getUser() after an object was changed')
    const named = await store.getUserByUsername?.(saved.username)
    equal(named, saved, 'getUserByUsername() after an object was changed')
    tamper(await bare.getUser?.(saved.id))
    tamper(await bare.getUserByUsername?.(saved.username))
    const page = { after: saved.id.slice(0, -1), limit: 1 }
    equal(await store.listUsers?.(page), [saved], 'listUsers() after an object was changed')
    tamper(await bare.listUsers?.(page))
  }
}

/** Returns the members at every depth in one order: a JSON column may order keys in its own way. */
function members(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.getOwnPropertyNames(value)
    .map((name) => [name, members((value as Record<string, unknown>)[name])])
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))
}

/** Changes every writable member, at every depth. */
function tamper(target: unknown): void {
  if (typeof target !== 'object' || target === null) return
  for (const [name, part] of Object.entries(target)) {
    tamper(part)
    Reflect.set(
      target,
      name,
      typeof part === 'string' ? `${part}!` : typeof part === 'number' ? part + 1 : part,
    )
  }
  if (Array.isArray(target)) Reflect.set(target, target.length, 'tampered')
}
