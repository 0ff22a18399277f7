/** The page of `lab serve jwt` in a real browser, over a session that ends: with real time, and the real command. */

import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { launchChromium } from './harness/chromium.ts'
import { startServerProcess } from './harness/server-process.ts'
import { openStage } from './harness/stage.ts'

async function fill(page: Page, form: string): Promise<void> {
  const section = page.getByRole('region', { name: form })
  await section.getByLabel('Username').fill('alice')
  await section.getByLabel('Password').fill('wonderland')
  await section.getByRole('button', { name: form }).click()
}

function expectStatus(page: Page, text: RegExp): Promise<void> {
  return expect.poll(() => page.getByRole('status').textContent()).toMatch(text)
}

test('a user registers, logs in, adds a phone, finds it after a reload, and again after the token has expired', async () => {
  const stage = await openStage()
  const server = await startServerProcess(['lab', 'serve', 'jwt', '--port', '0', '--token-ttl', '3'], stage.folder)
  const browser = await launchChromium()
  try {
    const page = await browser.newPage()
    const phones = page.getByRole('list', { name: 'Your phones' }).getByRole('listitem')
    await page.goto(server.url)
    await fill(page, 'Register')
    await expectStatus(page, /^Registered/)
    await fill(page, 'Log in')
    await expectStatus(page, /^Logged in/)
    await page.getByLabel('New phone').fill('+1 555 0100')
    await page.getByRole('button', { name: 'Add phone' }).click()
    await expectStatus(page, /^Phone added/)
    await page.reload()
    await expect.poll(() => phones.allTextContents()).toEqual(['+1 555 0100'])

    await expect.poll(() => page.getByText(/^Expired at /).isVisible(), { timeout: 10_000 }).toBe(true)
    await page.getByRole('button', { name: 'Get phones' }).click()
    await expectStatus(page, /^Token expired$/)
    await fill(page, 'Log in')
    await expectStatus(page, /^Logged in/)
    expect(await phones.allTextContents()).toEqual(['+1 555 0100'])
  } finally {
    await browser.close()
    await server.kill()
    await stage.close()
  }
})
