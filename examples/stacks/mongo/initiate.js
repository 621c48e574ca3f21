// For mongosh: creates the replica set and the provider's account, unless they exist.
const [admin, oauth] = ['admin', 'oauth'].map((name) => db.getSiblingDB(name))
const pwd = process.env.DATABASE_PASSWORD

function signIn(where, user) {
  try {
    return where.auth(user, pwd).ok === 1
  } catch {
    return false
  }
}

function takesWrites() {
  return admin.hello().isWritablePrimary
}

if (!admin.hello().setName) {
  rs.initiate({ _id: 'rs0', members: [{ _id: 0, host: '127.0.0.1:27017' }] })
}
while (!takesWrites()) sleep(100)

if (!signIn(oauth, 'oauth')) {
  if (!signIn(admin, 'admin')) {
    // MongoDB without accounts lets a local client create the first one, which then creates the
    // others.
    admin.createUser({ user: 'admin', pwd, roles: ['userAdminAnyDatabase'] })
    signIn(admin, 'admin')
  }
  oauth.createUser({ user: 'oauth', pwd, roles: ['readWrite'] })
}
