//! What is asked across files: imports, and what they bring.
