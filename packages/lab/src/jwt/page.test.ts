import AxeBuilder from '@axe-core/playwright'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'

import { launchChromium } from '../chromium.fixture.ts'
import type { RunningServer } from '../running-server.ts'
import { startJwtServer } from './server.ts'

let browser: Browser
let server: RunningServer
let contexts: BrowserContext[] = []
let ahead = 0
let complaints: string[] = []

beforeAll(async () => {
  browser = await launchChromium()
}, 60_000)
afterAll(() => browser.close())

beforeEach(async () => {
  ahead = 0
  complaints = []
  server = await startJwtServer({ env: {}, now: () => Date.now() / 1000 + ahead })
})

afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()))
  contexts = []
  await server.close()
})

async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options)
  contexts.push(context)
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // A refusal's status is what Chromium always notes.
    if (message.type() === 'error' && !message.text().includes('status of 4')) complaints.push(message.text())
  })
  await page.goto(server.url)
  return page
}

async function fill(page: Page, form: string, username: string, password: string): Promise<void> {
  const section = page.getByRole('region', { name: form })
  await section.getByLabel('Username').fill(username)
  await section.getByLabel('Password').fill(password)
  await section.getByRole('button', { name: form }).click()
}

async function signUp(page: Page): Promise<void> {
  await fill(page, 'Register', 'alice', 'wonderland')
  await expectStatus(page, /^Registered/)
  await fill(page, 'Log in', 'alice', 'wonderland')
  await expectStatus(page, /^Logged in/)
}

async function addPhone(page: Page, phone: string): Promise<void> {
  await page.getByLabel('New phone').fill(phone)
  await page.getByRole('button', { name: 'Add phone' }).click()
  await expectStatus(page, /^Phone added/)
}

function expectStatus(page: Page, text: RegExp): Promise<void> {
  return expect.poll(() => page.getByRole('status').textContent()).toMatch(text)
}

function phonesOf(page: Page): Promise<string[]> {
  return page.getByRole('list', { name: 'Your phones' }).getByRole('listitem').allTextContents()
}

test('a user registers, logs in, adds a phone and finds it after a reload', async () => {
  const page = await open()
  await signUp(page)
  await addPhone(page, '+1 555 0100 <b>&')
  expect(await phonesOf(page)).toEqual(['+1 555 0100 <b>&'])
  await page.reload()
  await expect.poll(() => phonesOf(page)).toEqual(['+1 555 0100 <b>&'])
  expect(complaints).toEqual([])
})

test('the token is shown decoded, with its end', async () => {
  const page = await open()
  await signUp(page)
  const region = page.getByRole('region', { name: 'Your token, decoded' })
  const text = await region.textContent()
  expect(text).toContain('{"alg":"HS256","typ":"JWT"}')
  expect(text).toMatch(/\{"user":"alice","exp":\d+\}/)
  expect(text).toMatch(/in (35[0-9]{2}|3600) s\./)
  expect(await page.evaluate(() => localStorage.getItem('token'))).toMatch(/^eyJ/)
})

test('what is refused is said in the words of the server', async () => {
  const page = await open()
  await fill(page, 'Log in', 'alice', 'wrong')
  await expectStatus(page, /^Invalid credentials$/)
  await signUp(page)
  await fill(page, 'Register', 'alice', 'again')
  await expectStatus(page, /^User already exists$/)
})

test('after expiry the user logs in again and finds everything', async () => {
  const page = await open()
  await signUp(page)
  await addPhone(page, '1')
  ahead = 3601
  await page.getByRole('button', { name: 'Get phones' }).click()
  await expectStatus(page, /^Token expired$/)
  await fill(page, 'Log in', 'alice', 'wonderland')
  await expectStatus(page, /^Logged in/)
  expect(await phonesOf(page)).toEqual(['1'])
})

test('logging out forgets the token', async () => {
  const page = await open()
  await signUp(page)
  await page.getByRole('button', { name: 'Log out' }).click()
  await expectStatus(page, /^Logged out/)
  expect(await page.getByRole('region').count()).toBe(2)
  expect(await page.evaluate(() => localStorage.getItem('token'))).toBeNull()
})

test('what another server left in the storage does no harm', async () => {
  const page = await open()
  await page.evaluate(() => localStorage.setItem('token', 'something else'))
  await page.reload()
  await signUp(page)
  expect(complaints).toEqual([])
})

test('the page allows no script but its own', async () => {
  const page = await open()
  const ran = await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'window.injected = true'
    document.body.append(script)
    return 'injected' in window
  })
  expect(ran).toBe(false)
  expect(complaints.join()).toMatch(/Content Security Policy/)
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`nothing hinders anybody, in ${colorScheme}, on a phone of 375 px`, async () => {
    const page = await open({ colorScheme, viewport: { width: 375, height: 700 } })
    await signUp(page)
    await addPhone(page, '5'.repeat(64))
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375)
  })
}
