import { describeOnLibsqlServer } from '../support/describe-binding'

describeOnLibsqlServer('libsql')
