import { addressKey } from '@oauth2-kit/limiter'

describe('addressKey()', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8::/64'],
    ['::1', '::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['unknown', 'unknown'],
    ['', ''],
    ['203.0.113.7:4000', '203.0.113.7:4000'],
  ])('%j is counted under %j', (address, key) => {
    expect(addressKey(address)).toBe(key)
  })
})
