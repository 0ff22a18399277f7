import { expect, test } from 'vitest'
import { eventReporter } from './event-reporter.ts'
import type { EventReporterOptions } from './event-reporter.ts'
import type { GuardEvent, GuardEventType } from './events.ts'

const event = (tokenId: string, type: GuardEventType = 'replayed'): GuardEvent => ({
  ...{ type, code: 'token_replayed', at: 1000, audience: 'https://api.example', tokenId },
})

interface Sent {
  readonly url: string
  readonly authorization: string | null
  readonly ids: readonly (string | undefined)[]
}

/** A reporter whose server answers as told, and whose time passes when the test says so. */
function setUp(options: Partial<EventReporterOptions> = {}) {
  const sent: Sent[] = []
  const waits: number[] = []
  const state = { status: 204 }
  let ring: () => void = () => undefined
  const reporter = eventReporter({
    url: 'https://id.example/api/events',
    getToken: () => `token-${sent.length}`,
    wait: (seconds) => {
      waits.push(seconds)
      return new Promise((resolve) => (ring = resolve))
    },
    fetch: async (url, init) => {
      const { events } = JSON.parse(init?.body as string) as { readonly events: readonly GuardEvent[] }
      const authorization = new Headers(init?.headers).get('authorization')
      sent.push({ url: (url as URL).href, authorization, ids: events.map(({ tokenId }) => tokenId) })
      if (state.status === 0) throw new TypeError('fetch failed')
      return new Response(null, { status: state.status })
    },
    ...options,
  })
  /** Lets what is waited for be over, and what follows from it happen. */
  const pass = async (): Promise<void> => {
    ring()
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  }
  return { reporter, sent, waits, state, pass }
}

const ids = (count: number, name = 't') => Array.from({ length: count }, (_, index) => `${name}${index}`)

test('events of one second go in one batch, with a token of the caller’s', async () => {
  const { reporter, sent, waits, pass } = setUp()
  for (const id of ids(3)) reporter.report(event(id))
  expect(sent).toEqual([])
  await pass()
  expect(sent).toEqual([
    { url: 'https://id.example/api/events', authorization: 'Bearer token-0', ids: ['t0', 't1', 't2'] },
  ])
  expect(waits).toEqual([1])
  reporter.report(event('t3'))
  await pass()
  expect(sent.map((batch) => batch.ids)).toEqual([['t0', 't1', 't2'], ['t3']])
  expect(reporter.dropped).toBe(0)
})

test('a batch has a hundred events at most, and what matters comes first', async () => {
  const { reporter, sent, pass } = setUp()
  for (const id of ids(150, 'noise')) reporter.report(event(id, 'refused'))
  reporter.report(event('replay'))
  reporter.report(event('revoked', 'revoked'))
  await pass()
  expect(sent.map((batch) => batch.ids.length)).toEqual([100, 52])
  expect(sent[0]?.ids.slice(0, 3)).toEqual(['replay', 'revoked', 'noise0'])
})

test('a flood of refusals is dropped and counted, and leaves room for what matters', async () => {
  const { reporter, sent, pass } = setUp()
  for (const id of ids(10_000, 'noise')) reporter.report(event(id, 'key_unknown'))
  reporter.report(event('replay'))
  expect(reporter.dropped).toBe(9500)
  await pass()
  expect(sent.flatMap((batch) => batch.ids)).toHaveLength(501)
  expect(sent[0]?.ids[0]).toBe('replay')
})

for (const status of [0, 401, 429, 500, 503]) {
  test(`${status === 0 ? 'no answer' : `an answer of ${status}`} is tried again, ever less often, and nothing is lost`, async () => {
    const { reporter, sent, waits, state, pass } = setUp()
    state.status = status
    reporter.report(event('t0'))
    for (let time = 0; time < 9; time++) await pass()
    expect(waits).toEqual([1, 1, 2, 4, 8, 16, 32, 60, 60, 60])
    state.status = 204
    await pass()
    expect(sent).toHaveLength(10)
    expect(sent.every((batch) => batch.ids.join() === 't0')).toBe(true)
    expect(reporter.dropped).toBe(0)
  })
}

for (const status of [400, 403, 413]) {
  test(`an answer of ${status} is final: the batch is dropped and counted`, async () => {
    const { reporter, sent, state, pass } = setUp()
    state.status = status
    reporter.report(event('t0'))
    await pass()
    state.status = 204
    reporter.report(event('t1'))
    await pass()
    expect(sent.map((batch) => batch.ids)).toEqual([['t0'], ['t1']])
    expect(reporter.dropped).toBe(1)
  })
}

test('where there is no token to be had nothing is lost', async () => {
  let isDown = true
  const getToken = async (): Promise<string> => {
    if (isDown) throw new Error('down')
    return 'token'
  }
  const { reporter, sent, pass } = setUp({ getToken })
  reporter.report(event('t0'))
  await pass()
  isDown = false
  await pass()
  expect(sent).toMatchObject([{ authorization: 'Bearer token', ids: ['t0'] }])
})

test('close sends what waits, once, and takes nothing more', async () => {
  const { reporter, sent, pass } = setUp()
  reporter.report(event('t0'))
  const closing = reporter.close()
  await pass()
  await closing
  expect(sent.map((batch) => batch.ids)).toEqual([['t0']])
  reporter.report(event('t1'))
  expect(reporter.dropped).toBe(1)

  const down = setUp()
  down.state.status = 503
  down.reporter.report(event('t0'))
  const closingDown = down.reporter.close()
  await down.pass()
  await closingDown
  expect([down.sent.length, down.reporter.dropped]).toEqual([1, 1])
})

test('a URL that is none is a mistake', () => {
  expect(() => eventReporter({ url: '/api/events', getToken: () => '' })).toThrow(TypeError)
})
