package actions

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"github.com/dop251/goja"
)

// maxStack is how long a stack trace in a record may be, maxMessage how long the message: it travels in a redirect.
const (
	maxStack   = 8 << 10
	maxMessage = 2 << 10
)

// failure translates what ended a run: an exception, an interrupt, or an overflow of the call stack.
func (x *execution) failure(err error) error {
	var interrupted *goja.InterruptedError
	if errors.As(err, &interrupted) {
		switch cause := x.stopped.Load(); {
		case cause != nil && *cause == errMemory:
			return thrown(hooks.ClassActionError, "RangeError", messageMemory)
		case cause != nil && *cause == errElsewhere:
			return thrown(hooks.ClassActionError, "Error", messageMoved)
		}
		return thrown(hooks.ClassActionTimeout, "TimeoutError", "The Action was interrupted.")
	}
	var overflow *goja.StackOverflowError
	if errors.As(err, &overflow) {
		return thrown(hooks.ClassActionError, "RangeError", messageOverflow)
	}
	var exception *goja.Exception
	if errors.As(err, &exception) {
		return x.thrownValue(exception.Value(), exception)
	}
	return err
}

// thrownValue makes an error of what JavaScript threw. Its message is what the client will see: an Error's message, any
// other value as a string.
func (x *execution) thrownValue(value goja.Value, exception *goja.Exception) error {
	cause := models.ExecutionError{Class: hooks.ClassActionError, Name: "Error"}
	if ex := x.rt.Try(func() { describe(value, &cause) }); ex != nil {
		cause.Message = "The Action threw a value that can't be shown."
	}
	if cause.Stack == "" && exception != nil {
		cause.Stack = exception.String()
	}
	cause.Stack = cut(x.program.authorsColumns(cause.Stack), maxStack)
	cause.Message = cut(cause.Message, maxMessage)
	return &hooks.ThrownError{ExecutionError: cause}
}

// describe reads an Error. It may run JavaScript, as its members may be getters.
func describe(value goja.Value, cause *models.ExecutionError) {
	object, ok := value.(*goja.Object)
	if !ok || object.ClassName() != "Error" {
		cause.Message = text(value)
		return
	}
	if name := object.Get("name"); name != nil && goja.IsString(name) {
		cause.Name = name.String()
	}
	if message := object.Get("message"); message != nil {
		cause.Message = text(message)
	}
	if stack := object.Get("stack"); stack != nil && goja.IsString(stack) {
		cause.Stack = stack.String()
	}
}

// text is JavaScript's String(v), also for a symbol.
func text(v goja.Value) string {
	if v == nil {
		return "undefined"
	}
	return v.String()
}

func cut(s string, length int) string {
	if len(s) <= length {
		return s
	}
	for length > 0 && s[length]&0xC0 == 0x80 { // not inside a character
		length--
	}
	return s[:length]
}

var firstLine = regexp.MustCompile(`:1:(\d+)`)

// authorsColumns takes the module's wrapper out of the columns of the first line. A source map has done so by itself, but writes
// names as URLs.
func (p *Program) authorsColumns(stack string) string {
	if p.lowered {
		return strings.ReplaceAll(stack, escaped(p.file), p.file)
	}
	return firstLine.ReplaceAllStringFunc(stack, func(at string) string {
		column, err := strconv.Atoi(at[len(":1:"):])
		if err != nil {
			return at
		}
		return ":1:" + strconv.Itoa(max(column-len(wrapperHead), 1))
	})
}
