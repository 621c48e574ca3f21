import { randomBytes } from 'node:crypto'

/** The random bytes of a secret, and of the suffix of a name. */
const lengths = { secret: 32, suffix: 3 }

/**
 * Returns the `.env` for this machine. Each `<name>` in the example is replaced by a random text,
 * and equal names by the same text.
 */
export function withSecrets(example: string): string {
  const secrets = new Map<string, string>()
  // The first paragraph of the example says how to do this by hand.
  const [, ...settings] = example.split('\n\n')
  return settings.join('\n\n').replace(/<[\w-]+>/g, (name) => {
    const length = name === '<suffix>' ? lengths.suffix : lengths.secret
    const secret = secrets.get(name) ?? randomBytes(length).toString('hex')
    secrets.set(name, secret)
    return secret
  })
}
