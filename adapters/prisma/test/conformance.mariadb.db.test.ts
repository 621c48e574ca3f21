import { conformanceOn } from './support/conformance'

conformanceOn('mariadb')
