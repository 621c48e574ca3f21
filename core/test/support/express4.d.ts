/** Express 4 under an alias, beside Express 5. What the tests use has the same types. */
declare module 'express4' {
  import express = require('express')
  export = express
}
