/** What is wrong with the settings, all of it at once. */

export interface SettingsProblem {
  /** As the operator wrote it, or would write it: `--port`, `COUNTERSIGN_PORT`, `COUNTERSIGN_PORT in .env`. */
  readonly name: string
  /** What is wrong. Never holds a secret's value. */
  readonly problem: string
  /** What to do about it, a sentence. */
  readonly mend: string
}

/** Thrown when the server cannot start with the settings it was given. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly code = 'settings_refused'
  readonly problems: readonly SettingsProblem[]

  constructor(problems: readonly SettingsProblem[], options?: ErrorOptions) {
    super(problems.map(({ name, problem, mend }) => `${name} ${problem}. ${mend}`).join('\n'), options)
    this.problems = problems
  }
}
