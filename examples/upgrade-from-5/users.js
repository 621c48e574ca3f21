'use strict'

// The users of this program, which stay where they are.

const users = [{ id: '17', username: 'ada', password: 'engine' }]

module.exports = {
  async authenticate(username, password) {
    return users.find((one) => one.username === username && one.password === password) ?? null
  },

  async find(id) {
    return users.find((one) => one.id === id) ?? null
  },
}
