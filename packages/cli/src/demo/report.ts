/** What the demo prints: a line for each step with what was sent, what came back, and whether that was promised. */

export interface Step {
  readonly step: string
  readonly sent: string
  readonly came: string
  readonly asPromised: boolean
}

export interface Report {
  readonly steps: readonly Step[]
  chapter(title: string): void
  add(step: Step): void
}

export function createReport(print: (line: string) => void): Report {
  const steps: Step[] = []
  return {
    steps,
    chapter: (title) => {
      print(`\n${title}`)
    },
    add: (step) => {
      steps.push(step)
      print(`  ${step.asPromised ? '✓' : '✗'} ${step.step.padEnd(17)} ${step.sent.padEnd(62)} → ${step.came}`)
    },
  }
}
