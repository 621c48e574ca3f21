import { demo } from '../../provider/test/support/flow'
import { checksOf, passed } from './support/conformance-tool'

describe('@modelcontextprotocol/conformance, for authorization servers', () => {
  it('has no objection, with a public client', async () => {
    expect(await checksOf(['--client-id', demo.publicClientId])).toEqual(passed)
  })

  it('has no objection, with a confidential client', async () => {
    const { clientId, clientSecret } = demo
    const client = ['--client-id', clientId, '--client-secret', clientSecret]
    // The tool sends no secret where the metadata has the method `none`.
    const checks = await checksOf(client, {
      metadata: ({ token_endpoint_auth_methods_supported: methods, ...others }) => ({
        ...others,
        token_endpoint_auth_methods_supported: (methods as string[]).filter(
          (method) => method !== 'none',
        ),
      }),
    })
    expect(checks).toEqual(passed)
  })
})
