"""Words for people: commands, questions, answers as they are typed, numbers and greetings."""
