import { conformanceOn } from './support/conformance'

conformanceOn('mongodb')
