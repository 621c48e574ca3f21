/** The contracts of models: callbacks of `oauth2-server` 2.4, or promises of its versions 3 to 5. */
export const modelContracts = ['2.4', 'promise'] as const
/** The name of a contract of models. */
export type ModelContractName = (typeof modelContracts)[number]
