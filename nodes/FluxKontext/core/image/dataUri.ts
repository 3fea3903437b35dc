const DATA_URI = /^\s*data:[^,]*;base64,/i;

/** Tells whether a text is a data URI with base64 content. */
export const isDataUri = (text: string): boolean => DATA_URI.test(text);

/** Returns the base64 content of a data URI; any other text is returned as it is. */
export const stripDataUri = (text: string): string => text.replace(DATA_URI, '');

/** Formats base64 content as a data URI. */
export const toDataUri = (mimeType: string, base64: string): string => `data:${mimeType};base64,${base64}`;
