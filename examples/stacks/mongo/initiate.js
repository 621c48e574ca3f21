// For mongosh: makes the replica set and the provider's account, unless they are there. A server without
// accounts lets whoever is on its host make the first one.
const admin = db.getSiblingDB('admin')
const account = { user: 'oauth', pwd: process.env.DATABASE_PASSWORD }

function isKnown() {
  try {
    return admin.auth(account).ok === 1
  } catch {
    return false
  }
}

function takesWrites() {
  return admin.hello().isWritablePrimary
}

if (!isKnown()) {
  if (!admin.hello().setName) {
    rs.initiate({ _id: 'rs0', members: [{ _id: 0, host: '127.0.0.1:27017' }] })
  }
  while (!takesWrites()) sleep(100)
  admin.createUser({ ...account, roles: [{ role: 'readWrite', db: 'oauth' }] })
}
while (!takesWrites()) sleep(100)
