/** The client address in tests, on a socket with or without IPv6. */
export const loopback: unknown = expect.stringMatching(/^(::ffff:)?127\.0\.0\.1$/)
