/** What whoever has just installed it sees: the lines that `serve` prints, pasted into a shell, and the demo. */

import { expect, test } from 'vitest'
import { openTerminal } from './command/terminal.ts'

test('serve prints where it listens and three lines for curl, which work one after the other, at every start', async () => {
  const terminal = await openTerminal()
  try {
    const curl = await terminal.bash('command -v curl')
    expect(curl.exitCode, 'curl is not installed: these lines are for it').toBe(0)
    for (const username of [/^alice$/, /^alice-[\da-f]{6}$/]) {
      const server = await terminal.serve('serve --dev --port 0')
      await expect.poll(() => server.output()).toContain('Stop with Ctrl+C.')
      expect(server.output()).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\n/)
      expect(server.log()).toMatch(/^Warning: --dev /m)
      const lines = server
        .output()
        .split('\n')
        .filter((line) => /^ +(curl|TOKEN=)/.test(line))
      expect(lines).toHaveLength(3)
      const { exitCode, stdout, stderr } = await terminal.bash(lines.join('\n'))
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      const [registered = '', token, userinfo = ''] = stdout.split('\n')
      const user = JSON.parse(registered) as { readonly id: string; readonly username: string }
      expect(user.username).toMatch(username)
      expect(token).toMatch(/^eyJ/)
      expect(JSON.parse(userinfo)).toEqual({ sub: user.id, preferred_username: user.username })

      const [, next = ''] = /Then: (.+?) ·/.exec(server.output()) ?? []
      const verified = await terminal.bash(`TOKEN=${token}; ${next}`)
      expect(verified.stdout).toMatch(/\nvalid: /)
      expect(await server.stop('SIGINT')).toEqual({ exitCode: 0, signal: null })
    }
  } finally {
    await terminal.close()
  }
})

test('demo: the whole story comes out as promised, told to people and as JSON', async () => {
  const terminal = await openTerminal()
  try {
    const [told, json] = await Promise.all([terminal.run('demo'), terminal.run('demo --json')])
    expect(told.exitCode, told.stdout + told.stderr).toBe(0)
    const [, all, count] = /^(\d+) of (\d+) as promised, in [\d.]+ s\./m.exec(told.stdout) ?? []
    expect(Number(all)).toBeGreaterThanOrEqual(25)
    expect(count).toBe(all)
    expect(told.stdout.match(/^ {2}✓ /gm)).toHaveLength(Number(all))
    expect(json.exitCode, json.stdout + json.stderr).toBe(0)
    const { asPromised, steps } = json.json() as { readonly asPromised: boolean; readonly steps: readonly unknown[] }
    expect([asPromised, steps.length]).toEqual([true, Number(all)])
  } finally {
    await terminal.close()
  }
})
