/**
 * Thrown if an option, or a property of a client or user to register, is missing, unknown or
 * invalid. The message says what is wrong, then what to do.
 */
export class OptionError extends TypeError {
  readonly code = 'OAUTH2_KIT_OPTION'
  /** The name of the option, such as `issuer`, or its path, such as `collections.users`. */
  readonly option: string

  constructor(option: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'OptionError'
    this.option = option
  }
}

/** Returns an OptionError whose message is the quoted name followed by `text`. */
export function optionError(option: string, text: string, options?: ErrorOptions): OptionError {
  return new OptionError(option, `"${option}" ${text}`, options)
}
