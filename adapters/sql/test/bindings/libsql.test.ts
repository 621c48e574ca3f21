import { describeBinding } from '../support/describe-binding'

describeBinding('libsql')
