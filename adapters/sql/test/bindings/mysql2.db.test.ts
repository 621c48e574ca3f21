import { describeBinding } from '../support/describe-binding'

describeBinding('mysql2')
