"""What a person is shown of a Sample and its Responses, as JSON that the page draws."""
