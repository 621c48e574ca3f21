import {
  Running,
  curlsOf,
  programFolder,
  programsOf,
  writeProgram,
} from '../../test/support/programs'

it('limiter/README.md: its server returns and logs a 429 for the 11th wrong secret', async () => {
  using place = programFolder()
  const [program] = programsOf('limiter/README.md')
  await using running = new Running(writeProgram(program!, place.folder), place.folder)
  const url = await running.url()
  const statuses: number[] = []
  for (let n = 0; n < 11; n++) {
    const { status, headers } = await fetch(`${url}/oauth/token`, {
      method: 'POST',
      headers: {
        // On a busy machine, the server may close an idle connection just when it is used again.
        Connection: 'close',
        Authorization: `Basic ${Buffer.from(`album:guess ${n}`).toString('base64')}`,
        'X-Forwarded-For': '203.0.113.7',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    statuses.push(status)
    expect(headers.has('retry-after')).toBe(status === 429)
  }
  expect(statuses).toEqual([...Array<number>(10).fill(401), 429])
  await running.printed(/^Too many wrong secrets of a client, at album, from 203\.0\.113\.7$/m)
})

it('limiter/README.md: the last response to its curl commands is a 429', async () => {
  using place = programFolder()
  const [program] = programsOf('limiter/README.md')
  await using running = new Running(writeProgram(program!, place.folder), place.folder)
  const [loop] = curlsOf('limiter/README.md')
  const printed = await running.curl(loop!)
  const errors = [...printed.matchAll(/"error":"(\w+)"/g)].map(([, error]) => error)
  expect(errors).toEqual([...Array<string>(10).fill('invalid_client'), expect.any(String)])
  expect(errors.at(-1)).not.toBe('invalid_client')
})
