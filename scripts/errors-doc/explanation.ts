/** What is said of a code: what it means, and how to mend it. Both are sentences, of which the page writes the punctuation. */

export type Explanation = readonly [means: string, mend: string]

/** One for every code: the compiler refuses a table that lacks one, or explains one that is gone. */
export type Explanations<Code extends string> = Readonly<Record<Code, Explanation>>
