/** A scope with its description. */
export interface DescribedScope {
  scope: string
  title: string
  detail: string
}

const described = new Map([
  ['profile', { title: 'See who you are', detail: 'Your user id and username.' }],
  ['email', { title: 'See your email address', detail: 'The address of your account.' }],
  [
    'offline_access',
    { title: 'Keep this access', detail: 'Even while you are not using the application.' },
  ],
])

/** Describes for the user what a scope allows. */
export function describeScope(scope: string): DescribedScope {
  const words = described.get(scope) ?? { title: scope, detail: 'A permission of this provider.' }
  return { scope, ...words }
}
