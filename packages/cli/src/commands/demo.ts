/** `countersign demo`: the whole story in a quarter of a minute, and, hidden, the API process that it calls. */

import type { Command } from 'commander'

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description(
      'Shows the whole story on free ports and a temporary store: tokens issued, forged, stolen, spent, proved, revoked.',
    )
    .option('--json', 'print JSON')
    .action(async (options: { readonly json?: true }) => {
      const { runDemo } = await import('../demo/demo.ts')
      if (!(await runDemo({ json: options.json === true }))) process.exitCode = 1
    })

  program
    .command('demo-api <issuer> <audience>', { hidden: true })
    .description('The API of the demo.')
    .action(async (issuer: string, audience: string) => {
      const { serveDemoApi } = await import('../demo/api.ts')
      await serveDemoApi(issuer, audience)
    })
}
