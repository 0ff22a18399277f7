import { readFileSync } from 'node:fs'

import { afterEach, describe, expect, test } from 'vitest'

import type { RunningServer, ServerOptions } from '../running-server.ts'
import { openLineClient } from '../wire/line-client.ts'
import { startHmacServer } from './server.ts'

interface Examples {
  readonly secretUtf8: string
  readonly tokens: readonly { readonly signed: string; readonly token: string }[]
}

const examples = JSON.parse(readFileSync(new URL('../../vectors/lab/hmac.json', import.meta.url), 'utf8')) as Examples
const env = { LAB_HMAC_SECRET: examples.secretUtf8 }
const [alice, dotted] = examples.tokens.map(({ token }) => token) as [string, string]

const servers: RunningServer[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())))

async function setUp(options: ServerOptions = {}) {
  const server = await startHmacServer({ env, ...options })
  servers.push(server)
  const client = await openLineClient(server.url)
  return client.send
}

describe('the wire of hmac', () => {
  test('a login buys the token of the fixed example', async () => {
    const send = await setUp({ now: () => 1721459033.9 })
    expect(await send('action=init&username=alice&password=123456')).toBe(`🔑 Login successful. Your token: ${alice}`)
    expect(await send('action=init&username=bob&password=qwerty')).toMatch(
      /^🔑 Login successful\. Your token: bob\.1721459033\.[0-9a-f]{64}$/,
    )
  })

  test.each([
    ['a wrong password', 'action=init&username=alice&password=qwerty'],
    ['an unknown name', 'action=init&username=carol&password=123456'],
    ['no password', 'action=init&username=alice'],
    ['no name', 'action=init&password=123456'],
    ['neither', 'action=init'],
    ["an object's own names", 'action=init&username=__proto__&password=x'],
    ['a name in another case', 'action=init&username=Alice&password=123456'],
  ])('refuses a login with %s', async (_, message) => {
    const send = await setUp()
    expect(await send(message)).toBe('[!] Invalid username or password.')
  })

  test('after five failures, even the right password is refused for a minute, and of the others none', async () => {
    let now = 1721459033
    const send = await setUp({ now: () => now })
    for (let failure = 0; failure < 5; failure++) await send('action=init&username=alice&password=x')
    const right = 'action=init&username=alice&password=123456'
    expect(await send(right)).toBe('[!] Too many attempts. Try again later.')
    expect(await send('action=init&username=bob&password=qwerty')).toMatch(/^🔑/)
    now += 60
    expect(await send(right)).toMatch(/^🔑/)
  })

  test('a name that nobody has is throttled too', async () => {
    const send = await setUp()
    for (let failure = 0; failure < 5; failure++) await send('action=init&username=carol&password=x')
    expect(await send('action=init&username=carol&password=x')).toBe('[!] Too many attempts. Try again later.')
  })

  const malformed = '[!] Token validation failed: Malformed token.'
  const unsigned = '[!] Token validation failed: Invalid token signature.'
  const transfer = 'action=transfer&amount=1000'

  test.each<[name: string, message: string, answer: string]>([
    [
      "alice's token",
      `token=${alice}&${transfer}`,
      "✅ Verified token for 'alice'. Action 'transfer' with amount $1000 accepted.",
    ],
    [
      'a name with a dot',
      `token=${dotted}&${transfer}`,
      "✅ Verified token for 'first.last'. Action 'transfer' with amount $1000 accepted.",
    ],
    [
      'unknown fields',
      `token=${alice}&${transfer}&x=1`,
      "✅ Verified token for 'alice'. Action 'transfer' with amount $1000 accepted.",
    ],
    ['a field twice, before all else', 'amount=1&amount=2', "[!] Duplicate field 'amount'."],
    ['a field twice in a login', 'action=init&action=init', "[!] Duplicate field 'action'."],
    ['a bad escape', `token=%zz&${transfer}`, '[!] Malformed message.'],
    ['no token', transfer, '[!] Missing token.'],
    ['an empty token', `token=&${transfer}`, '[!] Missing token.'],
    ['no token and an unknown action', 'action=fly', '[!] Missing token.'],
    ['nothing that says anything', 'hello', '[!] Missing token.'],
    ['no dot', `token=alice&${transfer}`, malformed],
    ['one dot', `token=alice.1721459033&${transfer}`, malformed],
    ['an empty name', `token=.1721459033.abc&${transfer}`, malformed],
    ['an empty time', `token=alice..abc&${transfer}`, malformed],
    ['an empty MAC', `token=alice.1721459033.&${transfer}`, malformed],
    ["the source's forgery", 'token=hacker.9999999999.fakehmacsignature', unsigned],
    ['another name', `token=${alice.replace('alice', 'bob')}&${transfer}`, unsigned],
    ['another time', `token=${alice.replace('1721459033', '1721459034')}&${transfer}`, unsigned],
    ['a time that is none', `token=${alice.replace('1721459033', 'now')}&${transfer}`, unsigned],
    ['upper-case digits', `token=${alice.slice(0, -64)}${alice.slice(-64).toUpperCase()}&${transfer}`, unsigned],
    ['a very long token', `token=${'a'.repeat(10_000)}.1.b&${transfer}`, unsigned],
    ['an unknown action', `token=${alice}&action=fly&amount=1`, "[!] Unknown action 'fly'."],
    ['no action', `token=${alice}&amount=1`, "[!] Unknown action ''."],
    ['an action with control characters', `token=${alice}&action=a%0Ab%1b`, "[!] Unknown action 'a?b?'."],
    ['a long action', `token=${alice}&action=${'x'.repeat(100)}`, `[!] Unknown action '${'x'.repeat(64)}'.`],
    ['no amount', `token=${alice}&action=transfer`, '[!] Invalid amount.'],
    ...['', '0', '01', '-1', '+1', '1.5', '1e3', ' 1', '1\n', '١', '1'.repeat(16)].map(
      (amount): [string, string, string] => [
        `the amount ${JSON.stringify(amount)}`,
        `token=${alice}&action=transfer&amount=${encodeURIComponent(amount)}`,
        '[!] Invalid amount.',
      ],
    ),
    [
      'the greatest amount',
      `token=${alice}&action=transfer&amount=${'9'.repeat(15)}`,
      `✅ Verified token for 'alice'. Action 'transfer' with amount $${'9'.repeat(15)} accepted.`,
    ],
  ])('%s', async (_, message, answer) => {
    const send = await setUp()
    expect(await send(message)).toBe(answer)
  })

  test('another server with the same secret takes the token: nothing is kept of it', async () => {
    const login = await (await setUp())('action=init&username=alice&password=123456')
    const other = await setUp()
    expect(await other(`token=${login.split(' ').at(-1) ?? ''}&${transfer}`)).toMatch(/^✅/)
    const stranger = await setUp({ env: {} })
    expect(await stranger(`token=${alice}&${transfer}`)).toBe(unsigned)
  })

  test('a short secret stops the start', async () => {
    await expect(startHmacServer({ env: { LAB_HMAC_SECRET: 'change-me-in-production' } })).rejects.toMatchObject({
      name: 'SettingError',
    })
  })
})
