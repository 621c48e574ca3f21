import { randomBytes } from 'node:crypto'

const secretBytes = 32

/**
 * Returns the `.env` for this machine. Each `<name>` in the example is replaced by a random text,
 * and equal names by the same text.
 */
export function withSecrets(example: string): string {
  const secrets = new Map<string, string>()
  // The first paragraph of the example says how to do this by hand.
  const [, ...settings] = example.split('\n\n')
  return settings.join('\n\n').replace(/<[\w-]+>/g, (name) => {
    const secret = secrets.get(name) ?? randomBytes(secretBytes).toString('hex')
    secrets.set(name, secret)
    return secret
  })
}
