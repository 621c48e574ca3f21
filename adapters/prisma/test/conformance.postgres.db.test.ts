import { conformanceOn } from './support/conformance'

conformanceOn('postgres')
