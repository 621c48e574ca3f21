import { type ConformanceOptions, type Report, runConformance } from '../src'

// Models of the shape of public examples and tutorials. The report must name their real faults.

async function reportOn(name: string): Promise<Report> {
  const module = require(`./promise-models/${name}.cjs`) as ConformanceOptions
  return runConformance({ ...module, name, level: 'secure', without: ['database'], deadline: 1000 })
}

/** Returns why each case has failed. */
function reasonsIn({ verdicts }: Report): Record<string, string> {
  const failed = verdicts.filter(({ status }) => status === 'failed')
  return Object.fromEntries(failed.map(({ case: { id }, reason = '' }) => [id, reason]))
}

/** The faults of each model. Where it is wrong in little, these are all cases that fail. */
const faults: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  'always-true': {
    'access.verify-scope': /^verifyScope\(\) accepts "read" for a token without a scope/,
    'code.consume.second': /calls of revokeAuthorizationCode\(\) that returned true.*got 3/,
    'refresh.rotate.old-dead': /calls of revokeToken\(\) that returned true.*got 3/,
    'once.code.loser': /returned true, of 3 at the same time: got 3, expected 1/,
    'once.code.stampede': /returned true, of 10 at the same time: got 10, expected 1/,
    'once.refresh.loser': /returned true, of 3 at the same time: got 3, expected 1/,
    'once.refresh.stampede': /returned true, of 10 at the same time: got 10, expected 1/,
  },
  maps: {
    'client.secret': /^getClient\('Client-.*', ''\) returned \{/,
    'client.secret.absent': /^getClient\('Client-.*', undefined\) returned \{/,
    'code.challenge': /^"codeChallenge" of getAuthorizationCode\(\): got undefined/,
    'value.aliasing': /^The suite changed the Date that it had passed to saveToken\(\)/,
    'secret.at-rest': /^A token of saveToken\(\) is in the dump in plain text/,
    'secret.password': /^The password of a user is in the dump in plain text/,
    // The same as client.secret.
    'inject.operator': /^getClient\('Client-.*', ''\) returned \{/,
  },
  documents: {
    'client.secret': /^getClient\('Client-.*', ''\) returned \{/,
    'client.secret.absent': /^getClient\('Client-.*', undefined\) returned \{/,
    'client.scope': /validateScope\(\).*got '\*'/,
    'client.user': /^getUserFromClient\('Client-.*', ''\) returned \{/,
    'access.verify-scope': /^verifyScope\(\) accepts \[ 'read-x' \] for a token with \[ 'read' \]/,
    // A token that was saved twice is removed once.
    'access.current': /^getRefreshToken\(.*\) returned \{/,
    // It removes another code, because `undefined` matches each one.
    'code.consume.second': /calls of revokeAuthorizationCode\(\) that returned true.*got 3/,
    'code.bound': /^"redirectUri" of getAuthorizationCode\(\): got undefined/,
    'code.challenge': /^"codeChallenge" of getAuthorizationCode\(\): got undefined/,
    'once.code.loser': /of revokeAuthorizationCode\(\) that returned true.*got 3/,
    'once.code.stampede': /of revokeAuthorizationCode\(\) that returned true.*got 10/,
    'secret.at-rest': /^A token of saveToken\(\) is in the dump in plain text/,
    'secret.password': /^The password of a user is in the dump in plain text/,
    'inject.operator': /^getAccessToken\(undefined\) returned \{/,
  },
}

/** The faults of models that are wrong in everything, so that most cases fail. */
const worst: typeof faults = {
  arrays: {
    'shape.methods': /needs revokeToken, because the model has getRefreshToken/,
    'shape.saved': /^saveToken\(\) returned undefined/,
    'client.find': /^getClient\(\) of "Client-.*" returned false/,
    'client.secret': /^getClient\(\) without a secret to check returned nothing/,
    'client.grant': /^"grants" of getClient\(\)/,
    'access.find': /^The user of getAccessToken\(\): got 'undefined'/,
    'refresh.find': /^The user of getRefreshToken\(\): got 'undefined'/,
    'secret.at-rest': /in plain text/,
    'secret.password': /in plain text/,
  },
  hashes: {
    'shape.miss': /^getAccessToken\(.*\) returned \{/,
    'shape.expires':
      /^"accessTokenExpiresAt" of getAccessToken\(\) is '.*', which is not a valid Date/,
    'client.find': /^getClient\(\) of "Client-.*" returned undefined/,
    'client.secret': /^getClient\(\) without a secret to check returned nothing/,
    'access.scope': /^"scope" of getAccessToken\(\) is not as it was saved/,
    'access.kind': /^getRefreshToken\(.*\) returned \{/,
    'value.names': /^getAccessToken\('null'\) returned \{/,
    'secret.at-rest': /in plain text/,
    'secret.password': /in plain text/,
  },
}

function matching(expected: Readonly<Record<string, RegExp>>): Record<string, unknown> {
  const entries = Object.entries(expected)
  return Object.fromEntries(
    entries.map(([id, reason]) => [id, expect.stringMatching(reason) as unknown]),
  )
}

describe('the report on a model of the shape of a public example', () => {
  it.each(Object.entries(faults))('%s: names exactly its faults', async (name, expected) => {
    const report = await reportOn(name)
    expect(report.contract).toBe('promise model')
    expect(reasonsIn(report)).toEqual(matching(expected))
  })

  it.each(Object.entries(worst))('%s: names its faults', async (name, expected) => {
    const report = await reportOn(name)
    expect(report.contract).toBe('promise model')
    expect(reasonsIn(report)).toMatchObject(matching(expected))
  })
})
