/** A page with the client on it, on whatever origin a test wants: the answer for its address comes from the test. */

import { fileURLToPath } from 'node:url'
import type * as Countersign from '@countersign/client'
import { build } from 'esbuild'
import type { BrowserContext, Page } from 'playwright-core'

declare global {
  /** In the page: what the package exports. */
  var countersign: typeof Countersign
  var client: Countersign.Client
}

/** The client as a script that a page can load, from the same sources as everything here. */
export async function bundleClient(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: "export * from '@countersign/client'",
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'countersign',
    conditions: ['source'],
  })
  return outputFiles[0]?.text ?? ''
}

/** Makes `ORIGIN/test-page` a page that has loaded the client, in every tab of the context. */
export async function addPage(context: BrowserContext, origin: string, script: string): Promise<void> {
  const html = '<!doctype html><html lang="en"><title>Test</title><script src="/test-page.js"></script>'
  await context.route(`${origin}/test-page`, (route) => route.fulfill({ contentType: 'text/html', body: html }))
  await context.route(`${origin}/test-page.js`, (route) =>
    route.fulfill({ contentType: 'text/javascript', body: script }),
  )
}

export interface TabOptions {
  readonly clientId: string
  readonly issuer?: string
  /** How far the page believes to be ahead of the real time. */
  readonly aheadSeconds?: number
}

/** Opens the page in a new tab and makes a client there, which the tests find as `client`. */
export async function openTab(context: BrowserContext, origin: string, options: TabOptions): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${origin}/test-page`)
  await page.evaluate(({ clientId, issuer = location.origin, aheadSeconds = 0 }) => {
    const clock = (): number => Math.floor(Date.now() / 1000) + aheadSeconds
    globalThis.client = countersign.createClient({ issuer, clientId, clock })
  }, options)
  return page
}
