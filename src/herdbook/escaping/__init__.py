"""The one writer of foreign text into each language: HTML, Markdown, Mermaid, commands of a shell."""
