import type {
  OAuthClientInformationMixed,
  OAuthClientProvider,
  OAuthDiscoveryState,
  OAuthTokens,
} from '@modelcontextprotocol/client'

/** What an MCP client keeps about one server: its registration, and its tokens. */
export class Memory implements OAuthClientProvider {
  readonly redirectUrl: string
  /** The URL of its metadata document. Without one, it registers itself. */
  readonly clientMetadataUrl?: string
  private readonly grantTypes: string[]
  /** Where it has sent its user. */
  destination = new URL('about:blank')
  private registration: OAuthClientInformationMixed | undefined
  private kept: OAuthTokens | undefined
  private discovered: OAuthDiscoveryState | undefined
  private verifier = ''

  constructor(
    redirectUrl: string,
    about: { clientMetadataUrl?: string; grantTypes?: string[] } = {},
  ) {
    const { clientMetadataUrl, grantTypes = ['authorization_code', 'refresh_token'] } = about
    this.redirectUrl = redirectUrl
    this.grantTypes = grantTypes
    if (clientMetadataUrl !== undefined) this.clientMetadataUrl = clientMetadataUrl
  }

  get clientMetadata() {
    return {
      client_name: 'Test client',
      redirect_uris: [this.redirectUrl],
      grant_types: this.grantTypes,
      token_endpoint_auth_method: 'none',
    }
  }

  clientInformation(): OAuthClientInformationMixed | undefined {
    return this.registration
  }

  saveClientInformation(registration: OAuthClientInformationMixed): void {
    this.registration = registration
  }

  tokens(): OAuthTokens | undefined {
    return this.kept
  }

  saveTokens(tokens: OAuthTokens): void {
    this.kept = tokens
  }

  /** Called when the server no longer accepts them. */
  invalidateCredentials(what: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): void {
    if (what === 'all' || what === 'client') this.registration = undefined
    if (what === 'all' || what === 'tokens') this.kept = undefined
    if (what === 'all' || what === 'discovery') this.discovered = undefined
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return this.discovered
  }

  saveDiscoveryState(discovered: OAuthDiscoveryState): void {
    this.discovered = discovered
  }

  redirectToAuthorization(url: URL): void {
    this.destination = url
  }

  saveCodeVerifier(verifier: string): void {
    this.verifier = verifier
  }

  codeVerifier(): string {
    return this.verifier
  }
}
