import { conformanceOn } from './support/conformance'

conformanceOn('sqlite')
