"""The client's timeouts, sizes and limits, each with its reason. Seconds and bytes."""

CONNECT_TIMEOUT = 3.0  # one TCP connection or one TLS handshake
READ_TIMEOUT = 15.0  # silence between two reads
CALL_DEADLINE = 20.0  # a whole operation: connecting, one retry, slow headers, every page of a list
ERROR_READ = 3.0  # the body of a 4xx or 5xx: the status says enough, the message isn't worth a longer wait
MAX_IDLE = 50.0  # longest idle time of a connection that is used again: load balancers close theirs after 60

MAX_ANSWER = 16 * 2**20  # on the wire, and again after decompression
MAX_ERROR_ANSWER = 64 * 2**10  # what is read of a 4xx or 5xx
MAX_DEPTH = 20  # levels of a list or object that are kept
MAX_MESSAGE = 500  # characters of the API's message
MAX_TOKEN = 128  # characters of a request id, an error code, a parameter's name
MAX_WAIT = 24 * 3600.0  # the longest Retry-After that is respected

PAGE_SIZE = 100  # the service's ceiling
MAX_PAGES = 200  # 20,000 models: more than any team has, and they still fit into memory
PAGES_AT_ONCE = 16  # of one list; waves grow 1, 2, 4, 8, 16, so that small projects waste few calls
RATE_RESERVE = 4  # calls of the key's minute that a list leaves for the person's own work
