/**
 * Tests run from source: the `source` condition of each package's `exports` stands for its `dist`, so a test never sees
 * a stale build. Files beside the code are quick; `e2e/` starts real servers, comes after them and gets more time.
 */

import { defineConfig } from 'vitest/config'

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(
    `Countersign needs Node 24 or later, and this is ${process.version}: start the tests with \`npm test\` or \`npx vitest\`, which use the Node that \`npm ci\` installed.\n`,
  )
  process.exit(1)
}

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'packages',
          include: ['packages/**/*.test.ts', 'scripts/**/*.test.ts'],
          sequence: { groupOrder: 0 },
          // Even where there are but two processors: much of a test is waiting.
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
        },
      },
    ],
    // Processes, not threads: better-sqlite3 and argon2 are native, and the store has a worker thread of its own.
    pool: 'forks',
    // For what a test starts with Node itself, such as the store's worker.
    execArgv: ['--conditions=source'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 15_000,
  },
  ssr: { resolve: { conditions: ['source'] } },
})
