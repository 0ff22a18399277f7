/** What the demo prints: a line for each step with what was sent, what came back, and whether that was promised. */

import type { Answer } from './http.ts'

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

/** Holds an answer against what was promised: the status, and for a refusal its code. OAuth calls it "error". */
export function judge(step: string, sent: string, answer: Answer, status: number, code?: string): Step {
  const error = answer.body['error'] ?? answer.body['code']
  const came = typeof error === 'string' ? `${answer.status} ${error}` : `${answer.status}`
  return { step, sent, came, asPromised: answer.status === status && (code === undefined || error === code) }
}
