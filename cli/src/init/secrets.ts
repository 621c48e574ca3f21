import { randomBytes } from 'node:crypto'

const secretBytes = 32

/**
 * The `.env` of this machine, from its example: in the place of each `<name>` a random text, the same
 * wherever that name stands.
 */
export function withSecrets(example: string): string {
  const secrets = new Map<string, string>()
  // What the example says first is how to do this by hand.
  const [, ...settings] = example.split('\n\n')
  return settings.join('\n\n').replace(/<[\w-]+>/g, (name) => {
    const secret = secrets.get(name) ?? randomBytes(secretBytes).toString('hex')
    secrets.set(name, secret)
    return secret
  })
}
