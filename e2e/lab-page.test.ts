/** The page of `countersign lab` in a real browser, as people see it, hear it and use it without a mouse. */

import AxeBuilder from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from './harness/chromium.ts'
import { startServerProcess } from './harness/server-process.ts'
import type { ServerProcess } from './harness/server-process.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const systems = ['opaque', 'hmac', 'jwt', 'one-time', 'sealed']

let stage: Stage
let lab: ServerProcess
let browser: Browser
let pages: Page[] = []
let complaints: string[] = []

beforeAll(async () => {
  stage = await openStage()
  lab = await startServerProcess(['lab', '--port', '0'], stage.folder)
  browser = await launchChromium()
})

afterAll(async () => {
  await browser.close()
  await lab.kill()
  await stage.close()
})

afterEach(async () => {
  expect(complaints).toEqual([])
  await Promise.all(pages.map((page) => page.context().close()))
  pages = []
})

async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage()
  pages.push(page)
  complaints = []
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  await page.goto(lab.url)
  return page
}

const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true })
const section = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true })

function expectText(locator: Locator, text: string | RegExp, timeout = 90_000): Promise<void> {
  return expect.poll(() => locator.textContent(), { timeout }).toMatch(text)
}

async function expectUsable(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
}

// One attack after the other: a minute, on a machine that has nothing else to do.
test('the matrix attacks everything, the product too, and names what it found', { timeout: 300_000 }, async () => {
  const page = await open()
  await button(page, 'Run every attack').click()
  await expectText(page.locator('#matrix-progress'), '156 of 156 measured.', 240_000)
  const table = page.getByRole('table', { name: /^What gets in where/ })
  const headers = await table.getByRole('columnheader').allTextContents()
  expect(headers).toEqual(['Attack', ...systems, 'product'])
  await expectText(page.getByRole('status'), /^product: \d of \d+ attacks get in, all as promised/)
  const row = table.getByRole('row', { name: /^race / })
  const words = ['gets in', 'gets in', 'gets in', 'blocked', 'blocked', 'blocked']
  expect(await row.getByRole('cell').allTextContents()).toEqual(words)
  expect(await page.locator('.broken').count()).toBe(0)
})

// From here on the lab has run, and tells it to whoever comes later.
describe.each(systems)('%s', (name) => {
  test('the client is drawn message by message, and told as text in full', async () => {
    const page = await open()
    await button(page, `Run client of ${name}`).click()
    const system = section(page, name)
    await expectText(system.locator('.progress').first(), /^\d messages, each with its answer\.$/)
    const exchanges = await system.locator('.messages li').count()
    expect(exchanges).toBeGreaterThanOrEqual(2)
    expect(await system.locator('.arrow.request').count()).toBe(exchanges)
    expect(await system.locator('.arrow.answer').count()).toBe(exchanges)
    expect(await system.getByRole('img').getAttribute('aria-label')).toMatch(
      `Sequence of ${exchanges * 2} messages between client and server`,
    )
    await system.getByText('The same messages as text, in full').click()
    expect(await system.locator('.messages pre').first().isVisible()).toBe(true)
    await expectText(page.getByRole('status'), new RegExp(`^${name}: the client is done`))
  })

  test('its attacks are marked, and shown with their bytes', async () => {
    const page = await open()
    const system = section(page, name)
    await expectText(system.locator('.progress').last(), /^\d of \d+ attacks get in, all as promised\.$/)
    const theft = system.locator('.attacks li', { hasText: 'stolen-token' })
    await expectText(theft.locator('.mark'), name === 'sealed' ? 'blocked' : 'gets in')
    expect(await theft.locator('.mark .icon').count()).toBe(1)
    await theft.locator('summary').click()
    await expectText(theft, /Seen: /)
    expect(await theft.locator('.messages pre').count()).toBeGreaterThanOrEqual(2)
    const cells = page.locator(`td[data-cell^="${name} "]`)
    expect(await cells.locator('.mark').count()).toBe(26)
  })

  test('what it leaves open leads to what closes it', async () => {
    const page = await open()
    const closers = section(page, name).getByRole('link', { name: /^(hmac|jwt|one-time|sealed|the product)$/ })
    expect(await closers.count()).toBeGreaterThanOrEqual(3)
    for (const target of await closers.evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''))) {
      expect(await page.locator(target).count()).toBe(1)
    }
  })
})

for (const { colorScheme, width } of [
  { colorScheme: 'dark', width: 375 },
  { colorScheme: 'light', width: 1280 },
] as const) {
  test(`nothing hinders anybody, in ${colorScheme}, ${width} px wide`, async () => {
    const page = await open({ colorScheme, viewport: { width, height: 800 } })
    await expectText(section(page, 'product').locator('.progress'), /all as promised/)
    await expect.poll(() => page.getByRole('img').count()).toBe(5)
    for (const name of [...systems, 'product']) {
      await section(page, name).locator('.attacks summary').nth(3).click()
      for (const more of await section(page, name).locator('.full > summary:visible').all()) await more.click()
    }
    await expectUsable(page)
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(wider).toBe(0)
    const cutOff = await page.locator('.wide').evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)
    expect(cutOff).toBe(0)
    const outside = await page.locator('svg.sequence text').evaluateAll(
      (texts) =>
        texts.filter((text) => {
          const { left, right } = text.getBoundingClientRect()
          const drawing = text.closest('svg')?.getBoundingClientRect()
          return drawing === undefined || left < drawing.left || right > drawing.right
        }).length,
    )
    expect(outside).toBe(0)
  })
}

test('one system is attacked alone, and the result is announced', async () => {
  const page = await open()
  await button(page, 'Attack opaque').click()
  await expectText(page.getByRole('status'), 'opaque: 8 of 15 attacks get in, all as promised.')
})

test('all of it can be used from the keyboard, and the focus stays where it was', async () => {
  const page = await open()
  const focused = (): Promise<string> => page.evaluate(() => (document.activeElement as HTMLElement).innerText)
  await page.keyboard.press('Tab')
  expect(await focused()).toBe('Skip to the ladder')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  expect(await focused()).toContain('opaque')
  await button(page, 'Run client of hmac').focus()
  await page.keyboard.press('Enter')
  await expectText(page.getByRole('status'), /^hmac: the client is done/)
  expect(await focused()).toContain('Run client')
  const attack = section(page, 'hmac').locator('.attacks summary').first()
  await attack.focus()
  await page.keyboard.press('Enter')
  await expect.poll(() => page.getByRole('group', { name: 'no-token' }).isVisible()).toBe(true)
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('no-token')
})

test('whoever asked for less motion sees everything at once', async () => {
  const page = await open({ reducedMotion: 'reduce' })
  await button(page, 'Run client of opaque').click()
  await expectText(page.getByRole('status'), /^opaque: the client is done/)
  const animations = await page.evaluate(() => document.getAnimations().length)
  expect(animations).toBe(0)
})

test('other pages of the browser cannot attack the lab, nor hear of it', async () => {
  const page = await open()
  const jwtPage = await section(page, 'jwt')
    .getByRole('link', { name: /^http:/ })
    .getAttribute('href')
  const stranger = await (await browser.newContext({ bypassCSP: true })).newPage()
  pages.push(stranger)
  await stranger.goto(jwtPage ?? '')
  const reached = await stranger.evaluate(async (url) => {
    const heard = await fetch(`${url}/events`).then(
      () => true,
      () => false,
    )
    await fetch(`${url}/client/opaque`, { method: 'POST', mode: 'no-cors' }).catch(() => undefined)
    return heard
  }, lab.url)
  expect(reached).toBe(false)
  await page.reload()
  await expectText(section(page, 'opaque').locator('.progress').first(), 'each with its answer')
})

test('it ends when it is told to, whatever is under way', async () => {
  const page = await open()
  await button(page, 'Run every attack').click()
  await expectText(section(page, 'opaque').locator('.progress').last(), 'attacks made')
  complaints = []
  page.removeAllListeners('console')
  expect(await lab.stop('SIGINT')).toEqual({ exitCode: 0, signal: null })
  await expect.poll(() => page.getByText('The lab does not answer.').isVisible()).toBe(true)
})
