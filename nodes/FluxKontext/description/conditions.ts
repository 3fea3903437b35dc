/** Condition on the resource Image, for parameters. */
export const imageResource = { resource: ['image'] };

/** Condition on the resource Job, for parameters. */
export const jobResource = { resource: ['job'] };

/** Condition on the resource Image, for options: their paths start at the root of the panel. */
export const imageResourceFromRoot = { '/resource': ['image'] };
