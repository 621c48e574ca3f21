import { isPrivateUseScheme } from '../protocol/redirect-uri'
import type { Rule } from './rules'

/** The rule for the schemes of apps (RFC 8252 7.1). */
export const privateUseSchemesRule: Rule = [
  (value) => Array.isArray(value) && value.every(isPrivateUseScheme),
  "must be an array of private-use schemes in lower case, such as ['cursor'], without a colon",
]
