/**
 * A real Chromium for the tests of pages: the one of the registry, so that a bare machine has it.
 */

import chromium from '@sparticuz/chromium'
import { chromium as playwright } from 'playwright-core'
import type { Browser } from 'playwright-core'

// Not the package's own list, which turns off what keeps pages apart.
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']

export async function launchChromium(): Promise<Browser> {
  return playwright.launch({ executablePath: await chromium.executablePath(), args })
}
